# The same devices, the same charger, in the twin, on a virtual rig with a real kernel, and on a bench.
@rig @requires:ac @requires:board
Feature: A session on real device nodes

  @requires:rfid @requires:lock @requires:meter @energised
  Scenario: A card at the reader, the plug held, energy counted
    Given a charger that asks for a token
    When the driver plugs in
    Then within 2 s the panel shows PresentToken
    When the card 04CA2D01 is held to the reader
    Then within 2 s the lock holds the plug
    And within 4 s the contactor closes
    And within 8 s the car draws 32 A
    And within 3 s the CSMS received TransactionEvent where
      | eventType | Started |
    And the plug was never free under power

  @requires:rfid
  Scenario: A stranger's card is refused
    Given a charger that asks for a token
    When the driver plugs in
    And the card 04DEAD99 is held to the reader
    Then within 3 s the card 04DEAD99 is refused
    And the contactor is open

  @energised
  Scenario: The CSMS stops the session
    Given a charger where nobody needs a token
    And a car is charging
    When the CSMS requests a stop
    Then within 2 s the contactor opens
    And within 3 s the CSMS received TransactionEvent where
      | eventType     | Ended      |
      | triggerReason | RemoteStop |

  @requires:lock @energised
  Scenario: The plug is pulled out of the car under load
    Given a charger where nobody needs a token
    And a car is charging
    When the driver unplugs
    Then within 100 ms the contactor opens
    And within 2 s the lock frees the plug
    And within 3 s the CSMS received TransactionEvent where
      | eventType | Ended |

  @energised
  Scenario: The limit of the CSMS reaches the pilot
    Given a charger where nobody needs a token
    And a car is charging
    When the CSMS limits the charger to 10 A
    Then within 2 s the pilot duty is 16.6 %
    And within 3 s the car draws 10 A

  @energised
  Scenario: The charger is told to end: open at once, and said so
    Given a charger where nobody needs a token
    And a car is charging
    When the charger's host is told to end
    Then within 500 ms the contactor opens

  @slow @energised
  Scenario: The charger dies without a word: the board opens by itself
    Given a charger where nobody needs a token
    And a car is charging
    When the charger's host dies
    Then within 3 s the contactor opens
    When the charger's host starts again
    Then within 8 s the contactor closes
