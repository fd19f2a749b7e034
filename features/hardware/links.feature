# Every link breaks in the ways real ones break: the charger is safe, says what is wrong, and recovers.
@rig
Feature: Links to devices that break

  @requires:board @energised
  Scenario: The power board vanishes in mid session and returns
    Given a charger where nobody needs a token
    And a car is charging
    When the power board is lost
    Then within 100 ms the fault BoardLost is detected
    # Nobody can tell it anything: it opens when it misses its host.
    And within 3 s the contactor opens
    When the power board is back
    Then within 4 s the fault BoardLost is cleared
    And within 12 s the contactor closes

  @requires:board @slow @energised
  Scenario: The bus of the power board hangs in mid session and comes free
    Given a charger where nobody needs a token
    And a car is charging
    When the bus of the power board hangs
    # A board that is asked is found to hang at once; one that tells by itself, when its state stays away.
    Then within 3 s the fault BoardLost is detected
    And within 1 s the contactor opens
    When the power board is back
    Then within 12 s the contactor closes

  @requires:board @energised
  Scenario: The power board is missing when the charger boots, and comes
    Given a charger where nobody needs a token
    And the power board is missing
    When the driver plugs in
    Then for 2 s the contactor stays open
    When the power board is back
    Then within 8 s the contactor closes

  @requires:board @energised
  Scenario: The firmware starts anew under a charging car
    Given a charger where nobody needs a token
    And a car is charging
    When the power board starts anew
    Then within 200 ms the contactor opens
    And within 15 s the contactor closes

  @requires:board @energised
  Scenario: The board's words are lost: it is given up after 2 s, and still hears the withdrawal
    Given a charger where nobody needs a token
    And a car is charging
    When the power board says nothing
    Then within 2200 ms the fault BoardLost is detected
    And the fault says "nothing was heard of it for 2s"
    And within 500 ms the contactor opens
    When the power board is back
    Then within 4 s the fault BoardLost is cleared
    And within 12 s the contactor closes

  @requires:board @energised
  Scenario: The host's words are lost: the board opens by itself, and says why
    Given a charger where nobody needs a token
    And a car is charging
    When the power board hears nothing
    Then within 3 s the contactor opens
    And within 500 ms the fault HostSilent is detected
    When the power board is back
    Then within 3 s the fault HostSilent is cleared
    And within 12 s the contactor closes

  @requires:board @energised
  Scenario Outline: One damaged byte <way> the power board is no reason for anything
    Given a charger that asks for a token
    When the driver plugs in
    And the card 04CA2D01 is held to the reader
    Then within 6 s the contactor closes
    When one byte <way> the power board is damaged
    Then for 5 s the contactor stays closed
    And for 1 s no fault is detected
    And for 1 s there is no session event SessionFinished
    And for 1 s there is no session event ChargingPausedEVSE

    Examples:
      | way  |
      | from |
      | to   |

  @requires:board @energised
  Scenario: A damaged byte is counted
    Given a charger where nobody needs a token
    And a car is charging
    When one byte from the power board is damaged
    Then within 2 s damaged messages of the power board are counted

  @requires:board @energised
  Scenario: The news that was in the damaged message is not lost
    Given a charger where nobody needs a token
    And a car is charging
    When one byte from the power board is damaged
    And the driver unplugs
    Then within 1 s the session event SessionFinished is seen
    And within 3 s the CSMS received TransactionEvent where
      | eventType | Ended |

  @requires:board @energised
  Scenario: A withdrawal that is lost on the wire is said again
    Given a charger where nobody needs a token
    And a car is charging
    When one byte to the power board is damaged
    And the CSMS requests a stop
    Then within 2 s the contactor opens

  @requires:board @energised
  Scenario: A wire on which two of three messages are damaged carries a session to its end
    Given a charger where nobody needs a token
    And 2 of 3 messages from the power board are damaged
    When the driver plugs in
    Then within 8 s the contactor closes
    And for 10 s no fault is detected
    When the car stops asking for energy
    Then within 200 ms the contactor opens
    And within 1 s the session event ChargingPausedEV is seen
    When the driver unplugs
    Then within 2 s the session event SessionFinished is seen

  @requires:board @energised
  Scenario: A wire on which nearly every message is damaged is given up
    Given a charger where nobody needs a token
    And a car is charging
    When 19 of 20 messages from the power board are damaged
    Then within 3 s the fault BoardLost is detected
    And within 1 s the contactor opens
    When the power board is back
    Then within 8 s the fault BoardLost is cleared
    And within 12 s the contactor closes

  @requires:board @energised
  Scenario: One wrong bit in eight hundred, one byte of a hundred, is lived with
    Given a charger where nobody needs a token
    And a car is charging
    When 0.125 % of the bits on the line of the power board are wrong
    Then for 20 s the contactor stays closed
    And within 1 s damaged messages of the power board are counted
    When the CSMS requests a stop
    Then within 3 s the contactor opens

  @requires:board @energised
  Scenario: One wrong bit of a hundred is too much for a wire that must carry a withdrawal
    Given a charger where nobody needs a token
    And a car is charging
    When 1 % of the bits on the line of the power board are wrong
    Then within 10 s the fault BoardLost is detected
    And within 3 s the contactor opens
    When the power board is back
    Then within 40 s the fault BoardLost is cleared
    And within 12 s the contactor closes

  # The limits of a firmware that speaks each 3 s, says nothing twice and does not watch its host: see "Power boards" in
  # README.md.
  @requires:board @slow @energised
  Scenario: A plain Tux-EVSE firmware is given up after 7 s, and still hears the withdrawal
    Given a charger where nobody needs a token
    And a power board with the plain firmware of Tux-EVSE
    And a car is charging
    When the power board says nothing
    Then for 3500 ms the contactor stays closed
    And within 3800 ms the fault BoardLost is detected
    And the fault says "nothing was heard of it for 7s"
    And within 500 ms the contactor opens

  @requires:board @slow @energised
  Scenario: A plain Tux-EVSE firmware has no word for an empty outlet: it is free
    Given a charger that asks for a token
    And a power board with the plain firmware of Tux-EVSE
    When 12 s pass
    Then within 1 s the connector is Available
    When the driver plugs in
    And 2 s pass
    And the card 04CA2D01 is held to the reader
    Then within 6 s the contactor closes

  @requires:board @slow @energised
  Scenario: A plain Tux-EVSE firmware says nothing twice, so one damaged message ends its link
    Given a charger where nobody needs a token
    And a power board with the plain firmware of Tux-EVSE
    And a car is charging
    When one byte from the power board is damaged
    Then within 3200 ms the fault BoardLost is detected
    And the fault says "a plain Tux-EVSE firmware says nothing a second time"
    And within 500 ms the contactor opens

  @requires:board @slow @energised
  Scenario: A plain Tux-EVSE firmware does not miss its host: only the car opens the contactor
    Given a charger where nobody needs a token
    And a power board with the plain firmware of Tux-EVSE
    And a car is charging
    When the power board hears nothing
    Then for 10 s the contactor stays closed
    When the car stops asking for energy
    Then within 200 ms the contactor opens

  @requires:lock
  Scenario: A jammed lock gives no energy
    Given a charger where nobody needs a token
    And the lock jams
    When the driver plugs in
    Then within 3 s the fault LockFailed is detected
    And for 2 s the contactor stays open

  @requires:lock
  Scenario: A lock that does not acknowledge gives no energy, and is found again
    Given a charger where nobody needs a token
    When the lock does not acknowledge
    And the driver plugs in
    Then within 3 s the fault LockFailed is detected
    And for 1 s the contactor stays open

  @requires:lock @requires:rfid @energised
  Scenario: A bus that hangs holds up nobody but its own devices
    Given a charger where nobody needs a token
    And a car is charging
    When the bus of the token reader hangs
    And the car stops asking for energy
    Then within 200 ms the contactor opens
    When the car asks for energy
    Then within 3 s the contactor closes

  @requires:rfid @energised
  Scenario: A card reader that was missing works as soon as it is there
    Given a charger that asks for a token
    And the token reader is missing
    When the driver plugs in
    And the token reader is back
    And 3 s pass
    And the card 04CA2D01 is held to the reader
    Then within 5 s the contactor closes

  @requires:meter @energised
  Scenario Outline: No energy without a reading: the meter <breaks>
    Given a charger with the configuration
      """
      [meter]
      lost_after_s = 2
      [authorization]
      mode = "free"
      """
    And a car is charging
    When the meter <breaks>
    Then within 5 s the fault MeterLost is detected
    And within 1 s the contactor opens
    When the meter is back
    Then within 5 s the fault MeterLost is cleared

    Examples:
      | breaks                      |
      | is lost                     |
      | falls silent                |
      | answers with bad checksums  |
      | breaks off its answers      |
      | runs its answers together   |
      | changes its word order      |

  @requires:grid @slow @energised
  Scenario Outline: The house meter <breaks>: the car gets the fail-safe current
    Given a charger where nobody needs a token
    And a car is charging
    When the house meter <breaks>
    Then within 20 s the car draws 6 A

    Examples:
      | breaks                     |
      | falls silent               |
      | answers with bad checksums |
      | breaks off its answers     |

  # Their firmware is reached by rpmsg, whose channel goes and comes with it.
  @requires:board @energised
  Scenario: A plain Tux-EVSE firmware starts anew under a charging car: the session ends, and the next one begins
    Given a charger where nobody needs a token
    And a power board with the plain firmware of Tux-EVSE
    And a car is charging
    When the power board starts anew
    Then within 1 s the fault BoardLost is detected
    And within 1 s the contactor opens
    And within 8 s the fault BoardLost is cleared
    When the driver unplugs
    Then within 5 s the connector is Available
    When the driver plugs in
    Then within 20 s the contactor closes
