# What happens at one EVSE is no matter of the other.
@requires:evses
Feature: Two EVSEs, each for itself

  Background:
    Given a charger with 2 EVSEs
    And the house has no limit

  @slow
  Scenario: Two drivers, two cards, two transactions
    Given the CSMS says Accepted to the card 04D4E5F6
    When the driver plugs in
    And the driver plugs in at EVSE 2
    And the card 04CA2D01 is held to the reader
    And the card 04D4E5F6 is held to the reader at EVSE 2
    Then within 5 s the CSMS received TransactionEvent where
      | eventType       | Started |
      | evse.id         | 1       |
    And at EVSE 2 within 5 s the CSMS received TransactionEvent where
      | eventType       | Started |
      | evse.id         | 2       |
    And within 10 s the contactor closes
    And at EVSE 2 within 10 s the contactor closes
    When 10 min pass
    And the driver unplugs
    Then within 5 s the connector is Available
    And within 5 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And at EVSE 2 for 60 s the contactor stays closed
    And at EVSE 2 for 1 s the CSMS receives no StatusNotification
    When the driver unplugs at EVSE 2
    Then at EVSE 2 within 5 s the connector is Available
    And the sequence numbers have no gap
    And at EVSE 2 the sequence numbers have no gap
    And the energy balance closes within 1 %
    And the connector was "Available, Occupied, Available"
    And at EVSE 2 the connector was "Available, Occupied, Available"
    And the story is "two_drivers"

  Scenario: A card at the other reader ends nothing here
    Given a car is charging
    When the driver plugs in at EVSE 2
    And the card 04CA2D01 is held to the reader at EVSE 2
    Then for 30 s the contactor stays closed
    And at EVSE 2 within 10 s the contactor closes

  @slow
  Scenario: A diode fault at one EVSE opens that one only
    Given a car is charging
    And a car is charging at EVSE 2
    When the diode in the car is shorted at EVSE 2
    Then at EVSE 2 within 100 ms the contactor opens
    And at EVSE 2 within 5 s the connector is Faulted
    And for 30 s the contactor stays closed
    And for 1 s no fault is detected
    And within 1 s the connector is Occupied

  Scenario: A residual current trips its own EVSE
    Given a car is charging
    And a car is charging at EVSE 2
    When a residual current of 10 mA flows
    Then within 100 ms the contactor opens
    And at EVSE 2 for 30 s the contactor stays closed

  @slow
  Scenario: A board that is lost is lost at its own EVSE
    Given a car is charging
    And a car is charging at EVSE 2
    When the link to the power board is lost at EVSE 2
    Then at EVSE 2 within 3 s the contactor opens
    And at EVSE 2 within 10 s the fault BoardLost is detected
    And for 30 s the contactor stays closed
    When the link to the power board is back at EVSE 2
    Then at EVSE 2 within 15 s the contactor closes

  @slow
  Scenario: A meter that is lost holds back its own EVSE
    Given a car is charging
    And a car is charging at EVSE 2
    When the meter is lost
    Then within 10 s the fault MeterLost is detected
    And within 15 s the contactor opens
    And at EVSE 2 for 30 s the contactor stays closed

  @requires:lock
  Scenario: A contactor that welds at one EVSE holds its plug, and the other goes on
    Given a car is charging
    And a car is charging at EVSE 2
    When the contactor welds at EVSE 2
    And the card 04CA2D01 is held to the reader at EVSE 2
    Then at EVSE 2 within 15 s the connector is Faulted
    And at EVSE 2 for 5 s the lock holds the plug
    When the driver unplugs
    Then within 5 s the lock frees the plug
    And within 5 s the connector is Available

  @slow
  Scenario: The host dies, and both cars charge on with their own transactions
    Given a car is charging
    And a car is charging at EVSE 2
    When the charger's host dies
    And 20 s pass
    And the charger's host starts again
    Then within 20 s the contactor closes
    And at EVSE 2 within 20 s the contactor closes
    And the CSMS received exactly 1 TransactionEvent where
      | eventType | Started |
    And at EVSE 2 the CSMS received exactly 1 TransactionEvent where
      | eventType | Started |
    And the sequence numbers have no gap
    And at EVSE 2 the sequence numbers have no gap

  @slow
  Scenario: The whole charger loses its power with two cars
    Given a car is charging
    And a car is charging at EVSE 2
    When the whole charger loses its power for 30 s
    Then within 100 ms the contactor opens
    And at EVSE 2 within 1 s the contactor opens
    When 90 s pass
    Then within 30 s the CSMS received TransactionEvent where
      | eventType                       | Ended     |
      | transactionInfo.stoppedReason   | PowerLoss |
    And at EVSE 2 within 1 s the CSMS received TransactionEvent where
      | eventType                       | Ended     |
      | transactionInfo.stoppedReason   | PowerLoss |

  @requires:lock
  Scenario: One EVSE has a socket and the other a fixed cable
    Given a charger with the configuration
      """
      [authorization]
      mode = "free"
      [site]
      main_fuse_a = 0
      [[evse]]
      [[evse]]
      outlet = { kind = "tethered", max_current_a = 16 }
      """
    When the driver plugs in with a 20 A cable
    And the driver plugs in at EVSE 2
    Then within 5 s the pilot duty is 33.3 %
    And the limit is 20 A by the Cable
    And at EVSE 2 within 5 s the pilot duty is 26.6 %
    And at EVSE 2 the limit is 16 A by the Outlet
    And within 5 s the lock holds the plug

  Scenario: Two different cars
    Given the car "tesla-model-3" at EVSE 2
    And nobody needs a token
    When the driver plugs in
    And the driver plugs in at EVSE 2
    Then within 20 s the car draws 32 A
    And at EVSE 2 within 20 s the car draws 16 A

  @slow
  Scenario: The CSMS is away while both charge, and hears everything afterwards
    Given a car is charging
    And a car is charging at EVSE 2
    When the CSMS goes away
    And 10 min pass
    And the driver unplugs
    And the driver unplugs at EVSE 2
    And 10 s pass
    And the CSMS comes back
    Then within 120 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And at EVSE 2 within 10 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And the sequence numbers have no gap
    And at EVSE 2 the sequence numbers have no gap
