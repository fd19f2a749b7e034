# Two EVSEs on wires: two boards, two readers, two panels, both meters on one line, one station for the CSMS. What is @slow in the
# other files of this folder is told here in seconds.
@rig @requires:evses @requires:ac @requires:board @requires:meter @energised
Feature: Two EVSEs on wires

  Background:
    Given a charger with 2 EVSEs
    And the house has no limit

  @requires:rfid
  Scenario: Two drivers, two cards, two transactions, and no number is missing
    Given the CSMS says Accepted to the card 04D4E5F6
    # Of two states that the CSMS has not heard yet it is told the last one.
    Then within 5 s the connector is Available
    And at EVSE 2 within 5 s the connector is Available
    When the driver plugs in
    And the driver plugs in at EVSE 2
    And the card 04CA2D01 is held to the reader
    And the card 04D4E5F6 is held to the reader at EVSE 2
    Then within 5 s the CSMS received TransactionEvent where
      | eventType       | Started  |
      | evse.id         | 1        |
      | idToken.idToken | 04CA2D01 |
    And at EVSE 2 within 5 s the CSMS received TransactionEvent where
      | eventType       | Started  |
      | evse.id         | 2        |
      | idToken.idToken | 04D4E5F6 |
    And within 10 s the contactor closes
    And at EVSE 2 within 10 s the contactor closes
    And within 8 s the car draws 32 A
    And at EVSE 2 within 8 s the car draws 32 A
    And at EVSE 2 within 3 s the panel shows Charging
    When 3 s pass
    And the driver unplugs
    Then within 5 s the connector is Available
    And within 5 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And at EVSE 2 for 3 s the contactor stays closed
    And at EVSE 2 for 1 s the CSMS receives no StatusNotification
    When the driver unplugs at EVSE 2
    Then at EVSE 2 within 5 s the connector is Available
    And at EVSE 2 within 5 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And the sequence numbers have no gap
    And at EVSE 2 the sequence numbers have no gap
    And the connector was "Available, Occupied, Available"
    And at EVSE 2 the connector was "Available, Occupied, Available"

  @requires:panel
  Scenario: Each EVSE has a panel of its own
    Given nobody needs a token
    When the driver plugs in at EVSE 2
    Then at EVSE 2 within 10 s the panel's pixels show Charging
    And within 4 s the panel's pixels show Available

  Scenario: A diode fault opens its own EVSE and no other
    Given nobody needs a token
    And a car is charging
    And a car is charging at EVSE 2
    When the diode in the car is shorted at EVSE 2
    Then at EVSE 2 within 100 ms the contactor opens
    And at EVSE 2 within 5 s the connector is Faulted
    And for 5 s the contactor stays closed
    And for 1 s no fault is detected
    And within 1 s the connector is Occupied

  Scenario: Two cars share the fuse of the station, and one that leaves gives its share to the other
    Given nobody needs a token
    And a station fuse of 32 A
    When the driver plugs in
    Then within 10 s the pilot duty is 53.3 %
    When the driver plugs in at EVSE 2
    Then within 2 s the pilot duty is 26.6 %
    And at EVSE 2 within 10 s the pilot duty is 26.6 %
    And at EVSE 2 within 10 s the car draws 16 A
    And for 5 s the offers of all EVSEs come to at most 32 A
    When the driver unplugs
    Then at EVSE 2 within 15 s the pilot duty is 53.3 %
    And at EVSE 2 within 10 s the car draws 32 A

  Scenario: A board that is lost is lost at its own EVSE
    Given nobody needs a token
    And a car is charging
    And a car is charging at EVSE 2
    When the link to the power board is lost at EVSE 2
    Then at EVSE 2 within 3 s the contactor opens
    And at EVSE 2 within 10 s the fault BoardLost is detected
    And for 5 s the contactor stays closed
    And for 1 s no fault is detected
    When the link to the power board is back at EVSE 2
    Then at EVSE 2 within 15 s the contactor closes

  Scenario: One meter of two on a line falls silent, and the other one is read as before
    Given nobody needs a token
    And a car is charging
    And a car is charging at EVSE 2
    When the meter is lost
    Then within 10 s the fault MeterLost is detected
    And within 15 s the contactor opens
    And at EVSE 2 for 5 s the contactor stays closed
    And at EVSE 2 for 1 s no fault is detected

  @requires:rfid @requires:panel
  Scenario: One reader and one panel serve both EVSEs
    Given the EVSEs share a token reader
    And the EVSEs share a panel
    When the driver plugs in at EVSE 2
    Then within 2 s the panel shows PresentToken
    And within 1 s the panel says "EVSE 2"
    When the card 04CA2D01 is held to the reader
    Then at EVSE 2 within 10 s the contactor closes
    And the contactor is open
    And within 5 s the panel shows Charging

  Scenario: The host dies, and both cars charge on with their own transactions
    Given nobody needs a token
    And a car is charging
    And a car is charging at EVSE 2
    When the charger's host dies
    Then within 3 s the contactor opens
    And at EVSE 2 within 1 s the contactor opens
    When the charger's host starts again
    Then within 20 s the contactor closes
    And at EVSE 2 within 20 s the contactor closes
    And the CSMS received exactly 1 TransactionEvent where
      | eventType | Started |
    And at EVSE 2 the CSMS received exactly 1 TransactionEvent where
      | eventType | Started |
    And the sequence numbers have no gap
    And at EVSE 2 the sequence numbers have no gap

  Scenario: The charger is told to end: both outlets are open at once
    Given nobody needs a token
    And a car is charging
    And a car is charging at EVSE 2
    When the charger's host is told to end
    Then within 500 ms the contactor opens
    And at EVSE 2 within 500 ms the contactor opens

  @requires:rfid @requires:panel
  Scenario: A card opens a place to which no car comes, and the other car charges on
    Given there is no car at EVSE 2
    And a car is charging
    When the card 04CA2D01 is held to the reader at EVSE 2
    Then at EVSE 2 within 2 s the panel shows Authorized
    And at EVSE 2 for 3 s the contactor stays open
    And at EVSE 2 the pilot is in state A
    And at EVSE 2 the CSMS received exactly 0 TransactionEvent
    And for 1 s the contactor stays closed
